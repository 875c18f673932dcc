// libjpeg, handing out planes as they are stored, some lines at a time.
#ifndef SLUICE_JPEG_PLANES_H
#define SLUICE_JPEG_PLANES_H
#include <stdbool.h>
#include <vips/vips.h>

#define SLUICE_JPEG_PLANES 3

typedef struct sluice_jpeg sluice_jpeg;

typedef struct {
    // Pixels of the plane, without what fills its last blocks.
    int width, height;
    // How many pixels of the picture share one of it, along each axis: 1 or 2.
    int share_across, share_down;
    // Lines that a step makes.
    int step;
} sluice_jpeg_plane;

// Reads the header, from the input's beginning. NULL with libvips' error set.
// `is_tolerant`: a file that ends before the picture is read as if the rest were there, grey; `stops_at_warnings`:
// whatever libjpeg minds is an error; `reads_ahead`: a thread of its own decodes while others look at what there is.
sluice_jpeg *sluice_jpeg_open(
    VipsSource *input, int shrink, bool is_tolerant, bool stops_at_warnings, bool reads_ahead);
void sluice_jpeg_close(sluice_jpeg *jpeg);

// Planes: 1 of grey or 3 of YCbCr; 0 for what is neither, or not stored as planes of whole or half resolution.
int sluice_jpeg_planes(const sluice_jpeg *jpeg);

// Pixels of the picture, shrunk.
int sluice_jpeg_width(const sluice_jpeg *jpeg);
int sluice_jpeg_height(const sluice_jpeg *jpeg);
sluice_jpeg_plane sluice_jpeg_plane_at(const sluice_jpeg *jpeg, int plane);

// The next lines of all planes: `step` each, some of them past the end of the picture. 0, or -1 with libvips' error
// set.
int sluice_jpeg_read(sluice_jpeg *jpeg);

// A line of the last read.
const unsigned char *sluice_jpeg_line(const sluice_jpeg *jpeg, int plane, int line);

#endif
