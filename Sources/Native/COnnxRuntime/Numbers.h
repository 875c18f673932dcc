// Numbers of the types that graphs have, and floats.
#ifndef SLUICE_NUMBERS_H
#define SLUICE_NUMBERS_H
#include <stddef.h>

/// Bytes of one; 0 of a type that is no number, or of none that is known here.
size_t sluice_number_size(int type);

/// Whole numbers are rounded, and bounded to what the type holds; what is no number becomes 0 there.
void sluice_numbers_from_floats(const float *from, size_t count, int type, void *to);
void sluice_numbers_to_floats(const void *from, size_t count, int type, float *to);

#endif
