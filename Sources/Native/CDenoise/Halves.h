// Lines at half the size, and back.
#ifndef SLUICE_HALVES_H
#define SLUICE_HALVES_H

// What is left of a length: the last pixel of an odd one has a place of its own.
static inline int sluice_half(int length) { return (length + 1) / 2; }

// Means of 2x2 pixels of two lines; of those that are there at the right edge.
void sluice_halve_lines(const float *upper, const float *lower, int width, float *out);

// Adds a line of twice the width between two lines (centres aligned): three quarters of the near one, a quarter of the
// far one. `room`: as long as they are, for in between.
void sluice_add_doubled(const float *near, const float *far, int width, float *room, float *line);

#endif
