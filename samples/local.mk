# Logs to try things on, installed as they are.  One line a file.

#nobase_dist_pkgdata_DATA += samples/NAME
