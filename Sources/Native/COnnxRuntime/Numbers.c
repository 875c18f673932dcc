#include "Numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "Api.h"

size_t sluice_number_size(int type) {
    switch (type) {
    case ort_uint8: case ort_int8: case ort_bool: return 1;
    case ort_uint16: case ort_int16: case ort_float16: case ort_bfloat16: return 2;
    case ort_float: case ort_int32: return 4;
    case ort_int64: case ort_double: return 8;
    default: return 0;
    }
}

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// IEEE 754 binary16, to the nearest, ties to even. Its smallest numbers are multiples of 2^-24.
static uint16_t to_half(float value) {
    uint32_t bits = bits_of(value);
    uint16_t sign = (uint16_t) (bits >> 16 & 0x8000);
    float size = fabsf(value);
    if (isnan(value)) return sign | 0x7E00;
    if (size >= 65520) return sign | 0x7C00;
    if (size < 0x1p-14f) return sign | (uint16_t) lrintf(size * 0x1p24f);
    uint32_t rest = bits & 0x7FFFFFFF;
    // What the exponents are counted from, 127 and 15; half of the last digit that stays, less where it is even.
    rest += ((uint32_t) (15 - 127) << 23) + 0xFFF + (rest >> 13 & 1);
    return sign | (uint16_t) (rest >> 13);
}

static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t) (half & 0x8000) << 16, exponent = half >> 10 & 31, digits = half & 0x3FF;
    if (exponent == 31) return of_bits(sign | 0x7F800000 | digits << 13);
    if (exponent == 0) return of_bits(sign | bits_of((float) digits * 0x1p-24f));
    return of_bits(sign | (exponent + 127 - 15) << 23 | digits << 13);
}

static double whole(float value, double least, double most) {
    if (isnan(value)) return 0;
    double rounded = rint(value);
    return rounded < least ? least : rounded > most ? most : rounded;
}

#define WRITE(TYPE, least, most) \
    for (size_t i = 0; i < count; i++) ((TYPE *) to)[i] = (TYPE) whole(from[i], least, most)

void sluice_numbers_from_floats(const float *from, size_t count, int type, void *to) {
    switch (type) {
    case ort_float: memcpy(to, from, count * sizeof *from); break;
    case ort_double: for (size_t i = 0; i < count; i++) ((double *) to)[i] = from[i]; break;
    case ort_float16: for (size_t i = 0; i < count; i++) ((uint16_t *) to)[i] = to_half(from[i]); break;
    case ort_bfloat16: for (size_t i = 0; i < count; i++) ((uint16_t *) to)[i] = (uint16_t) (bits_of(from[i]) >> 16); break;
    case ort_bool: for (size_t i = 0; i < count; i++) ((uint8_t *) to)[i] = from[i] != 0; break;
    case ort_uint8: WRITE(uint8_t, 0, UINT8_MAX); break;
    case ort_int8: WRITE(int8_t, INT8_MIN, INT8_MAX); break;
    case ort_uint16: WRITE(uint16_t, 0, UINT16_MAX); break;
    case ort_int16: WRITE(int16_t, INT16_MIN, INT16_MAX); break;
    case ort_int32: WRITE(int32_t, INT32_MIN, INT32_MAX); break;
    case ort_int64: WRITE(int64_t, -0x1p53, 0x1p53); break;
    }
}

#define READ(TYPE) \
    for (size_t i = 0; i < count; i++) to[i] = (float) ((const TYPE *) from)[i]

void sluice_numbers_to_floats(const void *from, size_t count, int type, float *to) {
    switch (type) {
    case ort_float: memcpy(to, from, count * sizeof *to); break;
    case ort_double: READ(double); break;
    case ort_float16: for (size_t i = 0; i < count; i++) to[i] = from_half(((const uint16_t *) from)[i]); break;
    case ort_bfloat16: for (size_t i = 0; i < count; i++) to[i] = of_bits((uint32_t) ((const uint16_t *) from)[i] << 16); break;
    case ort_bool: case ort_uint8: READ(uint8_t); break;
    case ort_int8: READ(int8_t); break;
    case ort_uint16: READ(uint16_t); break;
    case ort_int16: READ(int16_t); break;
    case ort_int32: READ(int32_t); break;
    case ort_int64: READ(int64_t); break;
    }
}
