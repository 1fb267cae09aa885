# LW_CHECK_CFLAGS(VARIABLE, FLAGS)
# --------------------------------
# Appends to VARIABLE each of FLAGS that the C compiler takes.  -Werror makes clang refuse what it does not know.
AC_DEFUN([LW_CHECK_CFLAGS],
[for lw_flag in $2; do
    AC_MSG_CHECKING([whether $CC takes $lw_flag])
    lw_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $lw_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
        [AC_MSG_RESULT([yes])
         AS_VAR_APPEND([$1], [" $lw_flag"])],
        [AC_MSG_RESULT([no])])
    CFLAGS=$lw_saved_CFLAGS
done
AC_SUBST([$1])])

# LW_SANITIZERS
# -------------
# --enable-sanitizers=LIST builds with -fsanitize=LIST; an error is fatal, so that a test cannot pass over it.
AC_DEFUN([LW_SANITIZERS],
[AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers=LIST],
        [build with these sanitizers, such as address,undefined or thread])],
    [], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers],
    [no], [],
    [yes], [enable_sanitizers=address,undefined])
AS_IF([test "$enable_sanitizers" != no],
    [SANITIZE_FLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
     AC_MSG_CHECKING([whether $CC can link with -fsanitize=$enable_sanitizers])
     lw_saved_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS $SANITIZE_FLAGS"
     AC_LINK_IFELSE([AC_LANG_PROGRAM],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([this compiler has no sanitizers $enable_sanitizers; leave out --enable-sanitizers or set CC])])
     CFLAGS=$lw_saved_CFLAGS])
AC_SUBST([SANITIZE_FLAGS])])
