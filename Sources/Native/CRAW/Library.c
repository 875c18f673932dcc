#define _GNU_SOURCE
#include "Library.h"
#include "CRAW.h"

#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>

#define TEXT_OF(number) #number
#define NAME_FOR(number) "libraw.so." TEXT_OF(number)

// Fields of its structures are read: it has to be of the version whose headers these are.
static const char name[] = NAME_FOR(LIBRAW_SHLIB_CURRENT);

static gpointer find(gpointer unused) {
    static raw_library found;
    // Its threads would each take memory that nobody has counted.
    setenv("OMP_NUM_THREADS", "1", 1);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return NULL;
#define SLUICE_RAW_FIND(name)                                                                                            \
    if (!(found.name = (__typeof__(&name)) dlsym(library, #name))) return NULL;
    SLUICE_RAW_FUNCTIONS(SLUICE_RAW_FIND)
#undef SLUICE_RAW_FIND
    return &found;
}

const raw_library *sluice_raw_functions(void) {
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, find, NULL);
}

const char *sluice_raw_version(void) {
    const raw_library *library = sluice_raw_functions();
    return library ? library->libraw_version() : NULL;
}

const char *sluice_raw_library(void) { return name; }
