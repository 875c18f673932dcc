// zlib, which libvips brings along: its inflate can be copied in the middle of a stream. Plain C; its macros get
// wrappers.
#ifndef SLUICE_CZLIB_H
#define SLUICE_CZLIB_H
#include <zlib.h>

static inline int sluice_inflate_init(z_stream *stream) { return inflateInit(stream); }

static inline int sluice_deflate_init(z_stream *stream, int level) { return deflateInit(stream, level); }

// Of what compressed bytes are alone, without zlib's header and checksum.
static inline int sluice_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }

#endif
