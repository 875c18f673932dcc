#define _GNU_SOURCE
#include "Library.h"
#include "CJXL.h"

#include <dlfcn.h>
#include <glib.h>

static gpointer find(gpointer unused) {
    static jxl_library found;
#define SLUICE_JXL_FIND(name)                                                                                            \
    if (!(found.name = (__typeof__(&name)) dlsym(RTLD_DEFAULT, #name))) return NULL;
    SLUICE_JXL_FUNCTIONS(SLUICE_JXL_FIND)
#undef SLUICE_JXL_FIND
    return &found;
}

const jxl_library *sluice_jxl_library(void) {
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, find, NULL);
}

bool sluice_jxl_is_there(void) { return sluice_jxl_library() != NULL; }
