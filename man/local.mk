# Manual pages.  What logwright(1) says of commands, options and keys comes from the program's own tables.

dist_man_MANS += man/liblogwright.3 man/logwright-constraints.5 man/logwright-format.5
nodist_man_MANS = man/logwright.1
EXTRA_DIST += man/logwright.1.in
CLEANFILES += man/logwright.1

man/logwright.1: man/logwright.1.in logwright$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man
	$(AM_V_at)./logwright$(EXEEXT) help --manual >$@.commands
	$(AM_V_at)./logwright$(EXEEXT) keys --manual >>$@.commands
	$(AM_V_at)sed -e '/^@COMMANDS@$$/r $@.commands' -e '/^@COMMANDS@$$/d' -e 's/[@]VERSION@/$(PACKAGE_VERSION)/' \
		$(srcdir)/man/logwright.1.in >$@.part
	$(AM_V_at)rm -f $@.commands && mv $@.part $@
