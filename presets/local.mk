# Constraints documents that come with the program, found by name.  One line a file.

nobase_dist_pkgdata_DATA += presets/anomalies.json
nobase_dist_pkgdata_DATA += presets/balanced.json
nobase_dist_pkgdata_DATA += presets/incident.json
nobase_dist_pkgdata_DATA += presets/payment.json

# The schema of such documents, for editors and validators; it is made from the program's own table.
nodist_pkgdata_DATA = constraints.schema.json
CLEANFILES += constraints.schema.json

constraints.schema.json: logwright$(EXEEXT)
	$(AM_V_GEN)./logwright$(EXEEXT) constraints --schema >$@.part && mv $@.part $@
