// How alike two pictures look.
#ifndef SLUICE_CSIMILARITY_H
#define SLUICE_CSIMILARITY_H

// libvips' own, as CVips declares it to Swift.
struct _VipsImage;

// The mean structural similarity of two pictures' luma: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment",
// IEEE Transactions on Image Processing 13 (2004), with its window (11 x 11, Gaussian, a standard deviation of 1.5) and
// constants (0.01, 0.03), over all windows that lie inside; where the picture is smaller than one, of all of it.
//
// The pictures have one size, 1 band or 3 and more (of which the first three are red, green and blue), and 8 or 16 bits;
// luma is 0.299, 0.587, 0.114 of their values, on the scale of 8 bits. Both are read once, from the top, 16 lines at a time;
// 67 numbers of four bytes are held for each pixel of the width. 0, or -1 with libvips' error set.
int sluice_similarity(struct _VipsImage *a, struct _VipsImage *b, double *similarity);

#endif
