// Coded pictures, packed anew without a change to what they show.
#ifndef SLUICE_CREPACK_H
#define SLUICE_CREPACK_H
#include <stddef.h>

// A JPEG with the same coefficients, progressive, with Huffman tables of its own; its segments stay. The coefficients are
// held, two bytes each. Both files are used by position, from their starts.
//
// 0; 1 where the file is none that libjpeg can pack anew, or has damage, with the reason in `message`; -1 where `out` cannot be
// written.
int sluice_repack_jpeg(int in, int out, char *message, size_t length);

#endif
