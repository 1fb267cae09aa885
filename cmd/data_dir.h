/* Where a user's data is: $XDG_DATA_HOME/logwright, or ~/.local/share/logwright. */
#ifndef LW_CMD_DATA_DIR_H
#define LW_CMD_DATA_DIR_H

/* Path of a file or folder there; NULL when no home is known or memory is out. The caller frees it. */
char *data_dir(const char *name);

#endif
