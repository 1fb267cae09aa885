/* Where a user's data and settings are: $XDG_DATA_HOME/logwright and $XDG_CONFIG_HOME/logwright, or
 * ~/.local/share/logwright and ~/.config/logwright. */
#ifndef LW_CMD_DATA_DIR_H
#define LW_CMD_DATA_DIR_H

/* Path of a file or folder there; NULL when no home is known or memory is out. The caller frees it. */
char *data_dir(const char *name);
char *config_file(const char *name);
/* Path of a file or folder that comes with the program: under $LOGWRIGHT_DATADIR, where it was installed, or beside the
 * program; NULL if it is nowhere. The caller frees it. */
char *shipped_path(const char *folder, const char *name);

#endif
