// zlib, which libvips brings along: its inflate can be copied in the middle of a stream. Plain C; the one macro that is
// needed gets a wrapper.
#ifndef SLUICE_CZLIB_H
#define SLUICE_CZLIB_H
#include <zlib.h>

static inline int sluice_inflate_init(z_stream *stream) { return inflateInit(stream); }

#endif
