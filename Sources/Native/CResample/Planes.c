#include "Planes.h"

#include <stdint.h>
#include <string.h>

// Each function is compiled twice on x86-64, and the loader takes the one that the processor can do.
#if defined(__x86_64__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif
#define INLINE static inline __attribute__((always_inline))
#define SHUFFLE __builtin_shufflevector

// In memory anywhere: lines begin where they begin. As pointers and locals only: how one is passed depends on what the
// processor has.
typedef float octet __attribute__((vector_size(32), aligned(4)));
typedef int32_t octet_integers __attribute__((vector_size(32), aligned(4)));
typedef float sixteen __attribute__((vector_size(64), aligned(4)));
typedef uint8_t bytes_16 __attribute__((vector_size(16), aligned(1)));
typedef uint8_t bytes_32 __attribute__((vector_size(32), aligned(1)));

// MARK: Widen

INLINE void widen_plain(
    const void *const *lines, int step, int bytes, int from, int start, int count, float *wide) {
    for (int index = start; index < count; index++) {
        size_t place = (size_t) (from + index) * step;
        for (int line = 0; line < SLUICE_GROUP; line++)
            wide[index * SLUICE_GROUP + line] =
                bytes == 1 ? ((const uint8_t *) lines[line])[place] : ((const uint16_t *) lines[line])[place];
    }
}

// Two vectors of samples to one that alternates: bytes, pairs or quads of them.
#define LOW_1(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH_1(a, b) SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define LOW_2(a, b) SHUFFLE(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
#define HIGH_2(a, b) SHUFFLE(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
#define LOW_4(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
#define HIGH_4(a, b) SHUFFLE(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
#define LOW_8(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH_8(a, b) SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)

// Two pixels: sixteen samples.
INLINE void store_wide(const bytes_16 *samples, float *wide) {
    *(sixteen *) wide = __builtin_convertvector(*samples, sixteen);
}

// A plane of its own: sixteen pixels of eight lines at once.
INLINE int widen_plane(const void *const *lines, int from, int count, float *wide) {
    int index = 0;
    for (; index + 16 <= count; index += 16) {
        bytes_16 row[SLUICE_GROUP], pairs[SLUICE_GROUP], quads[SLUICE_GROUP];
        for (int line = 0; line < SLUICE_GROUP; line++)
            row[line] = *(const bytes_16 *) ((const uint8_t *) lines[line] + from + index);
        for (int line = 0; line < SLUICE_GROUP; line += 2) {
            pairs[line] = LOW_1(row[line], row[line + 1]);
            pairs[line + 1] = HIGH_1(row[line], row[line + 1]);
        }
        for (int half = 0; half < 2; half++) {
            for (int four = 0; four < 2; four++) {
                bytes_16 above = pairs[four * 4 + half], below = pairs[four * 4 + 2 + half];
                quads[half * 4 + four] = LOW_2(above, below);
                quads[half * 4 + 2 + four] = HIGH_2(above, below);
            }
        }
        for (int quarter = 0; quarter < 4; quarter++) {
            bytes_16 low = LOW_4(quads[quarter * 2], quads[quarter * 2 + 1]);
            bytes_16 high = HIGH_4(quads[quarter * 2], quads[quarter * 2 + 1]);
            float *place = wide + (size_t) (index + quarter * 4) * SLUICE_GROUP;
            store_wide(&low, place);
            store_wide(&high, place + 2 * SLUICE_GROUP);
        }
    }
    return index;
}

// RGB: four pixels of eight lines at once, of sixteen bytes a line of which twelve are theirs.
INLINE int widen_rgb(const void *const *lines, int from, int count, int width, float *const wide[]) {
    int index = 0;
    for (; index + 4 <= count && (from + index) * 3 + 16 <= width * 3; index += 4) {
        bytes_16 row[SLUICE_GROUP], colours[2][3];
        for (int line = 0; line < SLUICE_GROUP; line++) {
            bytes_16 pixels = *(const bytes_16 *) ((const uint8_t *) lines[line] + (size_t) (from + index) * 3);
            row[line] = SHUFFLE(pixels, pixels, 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 13, 14, 15);
        }
        for (int four = 0; four < 2; four++) {
            bytes_16 *above = row + four * 4;
            bytes_16 first = LOW_4(above[0], above[1]), second = LOW_4(above[2], above[3]);
            bytes_16 third = HIGH_4(above[0], above[1]), fourth = HIGH_4(above[2], above[3]);
            colours[four][0] = LOW_8(first, second);
            colours[four][1] = HIGH_8(first, second);
            colours[four][2] = LOW_8(third, fourth);
        }
        for (int band = 0; band < 3; band++) {
            bytes_16 upper = colours[0][band], lower = colours[1][band];
            bytes_16 above = SHUFFLE(upper, upper, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            bytes_16 below = SHUFFLE(lower, lower, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            bytes_16 low = LOW_4(above, below), high = HIGH_4(above, below);
            float *place = wide[band] + (size_t) index * SLUICE_GROUP;
            store_wide(&low, place);
            store_wide(&high, place + 2 * SLUICE_GROUP);
        }
    }
    return index;
}

VECTORS void sluice_widen(const sluice_input *input, int groups, int from, int count, float *const wide[]) {
    int done = 0;
    if (input->sample_bytes == 1 && input->step == 1) {
        for (int group = 0; group < groups; group++) {
            done = widen_plane(input->lines[group], from, count, wide[group]);
            widen_plain(input->lines[group], 1, 1, from, done, count, wide[group]);
        }
    } else if (input->sample_bytes == 1 && input->step == 3 && groups == 3) {
        done = widen_rgb(input->lines[0], from, count, input->width, wide);
        for (int group = 0; group < groups; group++)
            widen_plain(input->lines[group], 3, 1, from, done, count, wide[group]);
    } else {
        for (int group = 0; group < groups; group++) {
            if (input->sample_bytes == 1)
                widen_plain(input->lines[group], input->step, 1, from, 0, count, wide[group]);
            else
                widen_plain(input->lines[group], input->step, 2, from, 0, count, wide[group]);
        }
    }
    for (int group = 0; input->light && group < groups - input->has_alpha; group++)
        sluice_light_up(input->light, input->sample_bytes, wide[group], (size_t) count * SLUICE_GROUP);
    if (!input->has_alpha) return;
    const float *alpha = wide[groups - 1];
    const float unit = input->sample_bytes == 1 ? 1.0f / 255 : 1.0f / 65535;
    for (int group = 0; group < groups - 1; group++)
        for (int index = 0; index < count * SLUICE_GROUP; index++) wide[group][index] *= alpha[index] * unit;
}

// MARK: Filter

// Groups share each weight that is loaded.
INLINE void filter_across(
    const sluice_axis *axis, int from, int to, int origin, int groups, float *const wide[], float *const narrow[]) {
    const int taps = axis->taps;
    for (int position = from; position < to; position++) {
        const float *weights = axis->weights + (size_t) position * taps;
        const size_t offset = (size_t) (axis->first[position] - origin) * SLUICE_GROUP;
        octet even[SLUICE_MOST_GROUPS] = {0}, odd[SLUICE_MOST_GROUPS] = {0};
        int tap = 0;
        for (; tap + 1 < taps; tap += 2) {
            for (int group = 0; group < groups; group++) {
                const octet *pixels = (const octet *) (wide[group] + offset);
                even[group] += weights[tap] * pixels[tap];
                odd[group] += weights[tap + 1] * pixels[tap + 1];
            }
        }
        for (int group = 0; group < groups; group++) {
            const octet *pixels = (const octet *) (wide[group] + offset);
            if (tap < taps) even[group] += weights[tap] * pixels[tap];
            *(octet *) (narrow[group] + (size_t) (position - from) * SLUICE_GROUP) = even[group] + odd[group];
        }
    }
}

VECTORS void sluice_filter_across(
    const sluice_axis *axis, int from, int to, int origin, int groups, float *const wide[], float *const narrow[]) {
    // A loop of its own for each.
    switch (groups) {
    case 1: return filter_across(axis, from, to, origin, 1, wide, narrow);
    case 2: return filter_across(axis, from, to, origin, 2, wide, narrow);
    case 3: return filter_across(axis, from, to, origin, 3, wide, narrow);
    default: return filter_across(axis, from, to, origin, 4, wide, narrow);
    }
}

// Eight pixels of eight lines, to eight lines of eight pixels.
INLINE void transpose(const octet *in, octet *out) {
    octet a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[i * 2] = SHUFFLE(in[i * 2], in[i * 2 + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        a[i * 2 + 1] = SHUFFLE(in[i * 2], in[i * 2 + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            b[i * 4 + j * 2] = SHUFFLE(a[i * 4 + j], a[i * 4 + 2 + j], 0, 1, 8, 9, 4, 5, 12, 13);
            b[i * 4 + j * 2 + 1] = SHUFFLE(a[i * 4 + j], a[i * 4 + 2 + j], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (int i = 0; i < 4; i++) {
        out[i] = SHUFFLE(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        out[i + 4] = SHUFFLE(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

VECTORS void sluice_filter_down(
    const float *narrow, int count, int results, float *const sums[], const float weights[][SLUICE_GROUP],
    size_t offset) {
    for (int index = 0; index < count; index += 8) {
        octet lines[SLUICE_GROUP];
        transpose((const octet *) (narrow + (size_t) index * SLUICE_GROUP), lines);
        for (int result = 0; result < results; result++) {
            const float *weight = weights[result];
            octet *sum = (octet *) (sums[result] + offset + index);
            octet even = *sum + weight[0] * lines[0] + weight[2] * lines[2] + weight[4] * lines[4]
                + weight[6] * lines[6];
            octet odd = weight[1] * lines[1] + weight[3] * lines[3] + weight[5] * lines[5] + weight[7] * lines[7];
            *sum = even + odd;
        }
    }
}

// MARK: Narrow

VECTORS void sluice_colour(float *const planes[3], int count) {
    float *restrict red = planes[0], *restrict green = planes[1], *restrict blue = planes[2];
    for (int index = 0; index < count; index++) {
        // JFIF's matrix; Y, Cb and Cr in, R, G and B out.
        float light = red[index], towards_blue = green[index] - 128, towards_red = blue[index] - 128;
        red[index] = light + 1.402f * towards_red;
        green[index] = light - 0.344136286f * towards_blue - 0.714136286f * towards_red;
        blue[index] = light + 1.772f * towards_blue;
    }
}

// Eight samples of a plane; `count` may be less.
INLINE void round_octet(const float *plane, float most, octet_integers *samples) {
    octet value = *(const octet *) plane;
    const octet none = {0}, full = {most, most, most, most, most, most, most, most};
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, none), full);
    *samples = __builtin_convertvector(value + 0.5f, octet_integers);
}

INLINE void narrow_plain(float *const planes[], int from, int count, int bands, int bytes, void *line) {
    const float most = bytes == 1 ? 255 : 65535;
    for (int index = from; index < count; index += 8) {
        octet_integers samples[SLUICE_MOST_GROUPS];
        for (int band = 0; band < bands; band++) round_octet(planes[band] + index, most, &samples[band]);
        int end = count - index < 8 ? count - index : 8;
        size_t place = (size_t) index * bands;
        for (int pixel = 0; pixel < end; pixel++)
            for (int band = 0; band < bands; band++, place++) {
                if (bytes == 1) ((uint8_t *) line)[place] = (uint8_t) samples[band][pixel];
                else ((uint16_t *) line)[place] = (uint16_t) samples[band][pixel];
            }
    }
}

// Eight pixels of RGB at a time: four samples of each in twelve bytes, twice, of stores of sixteen; so the last eight
// pixels are not for this.
INLINE int narrow_rgb(float *const planes[], int count, uint8_t *line) {
    int index = 0;
    for (; index + 16 <= count; index += 8) {
        octet_integers red, green, blue;
        round_octet(planes[0] + index, 255, &red);
        round_octet(planes[1] + index, 255, &green);
        round_octet(planes[2] + index, 255, &blue);
        // A pixel in each integer, and then without its fourth byte.
        octet_integers pixels = red | green << 8 | blue << 16;
        bytes_32 bytes = (bytes_32) pixels;
        *(bytes_16 *) (line + (size_t) index * 3) =
            SHUFFLE(bytes, bytes, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 3, 3, 3);
        *(bytes_16 *) (line + (size_t) index * 3 + 12) =
            SHUFFLE(bytes, bytes, 16, 17, 18, 20, 21, 22, 24, 25, 26, 28, 29, 30, 3, 3, 3, 3);
    }
    return index;
}

VECTORS void sluice_narrow(
    float *const planes[], int count, int bands, int sample_bytes, bool has_alpha, const sluice_light *light, void *line) {
    const float most = sample_bytes == 1 ? 255 : 65535;
    if (has_alpha) {
        const float *alpha = planes[bands - 1];
        for (int band = 0; band < bands - 1; band++) {
            float *plane = planes[band];
            // Colours of what cannot be seen are nothing.
            for (int index = 0; index < count; index++)
                plane[index] = alpha[index] > 0 ? plane[index] * most / (alpha[index] < most ? alpha[index] : most) : 0;
        }
    }
    for (int band = 0; light && band < bands - has_alpha; band++) sluice_light_down(light, most, planes[band], count);
    if (sample_bytes == 1 && bands == 3) narrow_plain(planes, narrow_rgb(planes, count, line), count, 3, 1, line);
    else if (sample_bytes == 1 && bands == 1) narrow_plain(planes, 0, count, 1, 1, line);
    else if (sample_bytes == 1) narrow_plain(planes, 0, count, bands, 1, line);
    else narrow_plain(planes, 0, count, bands, 2, line);
}
