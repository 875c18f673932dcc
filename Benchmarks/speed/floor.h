// What the files of the floor program share.
#ifndef FLOOR_H
#define FLOOR_H
#include <stddef.h>

enum { quality = 82, most_sides = 16 };

typedef struct { int width, height; } size;

// What is asked for.
extern int sides[most_sides], side_count;
extern const char *out;

int largest_side(void);
// By how much a picture is shrunk to a side, and what libjpeg does of it while decoding.
double factor(size of, int side);
int jpeg_shrink(double shrink, size of);

__attribute__((noreturn)) void fail(const char *what, const char *path);
// A file's bytes, to be freed.
unsigned char *contents(const char *path, size_t *length);

// calls.c: what the worker calls, from JPEG to JPEG.
void start_vips(void);
void make_renditions(const char *path);

// alone.c: libjpeg-turbo, with the settings of libvips' loader and saver, and SHA-256.
// `for_side`: at the plan's shrink for that; 0 is full size. The pixels are kept where `pixels` is given, to be freed.
size decode(const unsigned char *bytes, size_t length, int for_side, unsigned char **pixels);
void encode(unsigned char *pixels, size of);
void digest(const unsigned char *bytes, size_t length);
#endif
