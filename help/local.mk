# Help topics and lessons, installed as they are.  One line a file.

nobase_dist_pkgdata_DATA += help/lessons/01-first.lesson
