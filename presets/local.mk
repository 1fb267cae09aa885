# Constraints documents that come with the program, found by name.  One line a file.

nobase_dist_pkgdata_DATA += presets/anomalies.json
nobase_dist_pkgdata_DATA += presets/balanced.json
nobase_dist_pkgdata_DATA += presets/incident.json
nobase_dist_pkgdata_DATA += presets/payment.json
