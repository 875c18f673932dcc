// What a picture looks like, in numbers: colours, edges, layout and what tells a photograph from a drawing.
//
// Made for linear classifiers that learn from a handful of pictures, where there is no network. Each group of numbers
// is a histogram of which the square roots are taken, so that the product of two vectors says how alike the histograms
// are (Hellinger); the groups' shares of the whole are fixed. A picture and its mirror image have the same numbers.
#ifndef SLUICE_CDESCRIPTOR_H
#define SLUICE_CDESCRIPTOR_H

enum {
    // How many numbers there are.
    SLUICE_DESCRIPTOR_LENGTH = 1261,
    // The longer side, in pixels, that a picture is made smaller to before (area-averaged, its aspect kept). Smaller
    // pictures are described as they are: they are never enlarged.
    SLUICE_DESCRIPTOR_SIDE = 256,
    // Other numbers for the same picture: another version. What was trained with one is of no use with another.
    SLUICE_DESCRIPTOR_VERSION = 1,
};

// Pixels: red, green and blue in turn, sRGB of 8 bits, row by row from the top, without gaps; upright, from 1x1 to
// SIDE x SIDE (larger ones take more memory, and their edges are not those that classifiers have learnt).
// Features: room for SLUICE_DESCRIPTOR_LENGTH numbers, each from 0 to 1; together a vector of length 1
// (a little less where there is not one edge).
// 0; or -1 when there is not enough memory, about 30 bytes a pixel.
int sluice_describe(const unsigned char *pixels, int width, int height, float *features);

#endif
