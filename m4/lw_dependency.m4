# LW_DEPENDENCY(VARIABLE, MODULE, DEBIAN-PACKAGE, OTHER-NAMES)
# ------------------------------------------------------------
# Finds MODULE by pkg-config and sets VARIABLE_CFLAGS and VARIABLE_LIBS.  A missing one is only noted, with the
# package that has it, so that LW_DEPENDENCIES_END can name all of them at once.
AC_DEFUN([LW_DEPENDENCY],
[AC_REQUIRE([PKG_PROG_PKG_CONFIG])dnl
PKG_CHECK_MODULES([$1], [$2], [],
    [AS_VAR_APPEND([lw_missing], ["
  $2: package $3 on Debian and Ubuntu, $4 elsewhere"])
     AS_VAR_APPEND([lw_missing_deb], [" $3"])])
])

# LW_DEPENDENCY_PLAIN(VARIABLE, HEADER, LIBRARY, FUNCTION, DEBIAN-PACKAGE, OTHER-NAMES)
# -------------------------------------------------------------------------------------
# The same for a library that pkg-config does not know everywhere.
AC_DEFUN([LW_DEPENDENCY_PLAIN],
[lw_found=no
AC_CHECK_HEADER([$2], [AC_CHECK_LIB([$3], [$4], [lw_found=yes])])
AS_IF([test $lw_found = yes], [$1_LIBS=-l$3],
    [AS_VAR_APPEND([lw_missing], ["
  $2: package $5 on Debian and Ubuntu, $6 elsewhere"])
     AS_VAR_APPEND([lw_missing_deb], [" $5"])])
AC_SUBST([$1_LIBS])
])

# LW_DEPENDENCIES_END
# -------------------
AC_DEFUN([LW_DEPENDENCIES_END],
[AS_IF([test -n "$lw_missing"],
    [AC_MSG_ERROR([these libraries were not found:$lw_missing
Install them all with './bootstrap deps', or on Debian with
  apt-get install$lw_missing_deb])])
])
