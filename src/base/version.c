#include "logwright.h"

const char *lw_version(void)
{
    return PACKAGE_VERSION;
}
