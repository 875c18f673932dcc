// A libvips image whose lines are made once, from the top: what is finished is kept for a while.
#ifndef SLUICE_CLINES_H
#define SLUICE_CLINES_H
#include <vips/vips.h>

typedef struct sluice_lines sluice_lines;

typedef struct {
    // Makes lines beyond `done`, at least one, calling `sluice_lines_add` for each. 0, or -1 with libvips' error set.
    int (*advance)(void *maker, sluice_lines *lines, VipsRegion *input);
    // Makes the given line the next one; NULL where that is too late.
    void (*seek)(void *maker, int line);
    void (*free)(void *maker);
} sluice_line_maker;

// The image has the fields of `like`, and its bands and format; what the maker's functions get as `input` is a region
// of `input`, or NULL where that is. Takes the maker over, whatever comes.
int sluice_lines_image(
    VipsImage *like, VipsImage *input, VipsImage **out, int width, int height, int kept, sluice_line_maker type,
    void *maker);

// Room for the next line, which is done with this.
unsigned char *sluice_lines_add(sluice_lines *lines);

// How many lines are done.
int sluice_lines_done(const sluice_lines *lines);

#endif
