#define _GNU_SOURCE
#include "Library.h"

#include <dlfcn.h>
#include <glib.h>

static gpointer find(gpointer unused) {
    static heif_library found;
#define SLUICE_HEIF_FIND(name)                                                                                           \
    if (!(found.name = (__typeof__(&name)) dlsym(RTLD_DEFAULT, #name))) return NULL;
    SLUICE_HEIF_FUNCTIONS(SLUICE_HEIF_FIND)
#undef SLUICE_HEIF_FIND
    return &found;
}

const heif_library *sluice_heif_library(void) {
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, find, NULL);
}
