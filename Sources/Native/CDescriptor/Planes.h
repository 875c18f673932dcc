// A picture as CIE Lab (D65), a plane for each of L, a and b.
#ifndef SLUICE_DESCRIPTOR_PLANES_H
#define SLUICE_DESCRIPTOR_PLANES_H

typedef struct {
    int width, height;
    // L from 0 to 100; a and b from about -100 to 100. They follow each other in one block that starts at plane[0].
    float *plane[3];
} sluice_lab;

// 0, or -1 for want of memory.
int sluice_lab_init(sluice_lab *lab, const unsigned char *pixels, int width, int height);
void sluice_lab_free(sluice_lab *lab);

// Means of 2x2 pixels, in place. An odd line or column at the end is left out, unless it is the only one.
void sluice_lab_halve(sluice_lab *lab);

#endif
