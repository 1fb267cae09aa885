# Logs to try things on, installed as they are.  One line a file.

nobase_dist_pkgdata_DATA += samples/README
nobase_dist_pkgdata_DATA += samples/pg-incident.labels.csv
nobase_dist_pkgdata_DATA += samples/pg-incident.log.gz
nobase_dist_pkgdata_DATA += samples/web-small.log
EXTRA_DIST += samples/pg_workload.py
EXTRA_DIST += samples/record-pg-incident
EXTRA_DIST += samples/record-web-small
