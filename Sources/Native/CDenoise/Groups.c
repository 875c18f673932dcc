#include "Groups.h"

#include "Transform.h"

#define ROOT_HALF 0.707106781f

// Kaiser's window, beta 2: block edges weigh less.
static const float window[SLUICE_BLOCK] = {0.4387f, 0.6399f, 0.8256f, 0.9448f, 0.9448f, 0.8256f, 0.6399f, 0.4387f};

INLINE void load_block(const sluice_view *lines, int x, int y, octet *block) {
    for (int line = 0; line < SLUICE_BLOCK; line++) block[line] = LOAD(sluice_view_line(lines, y + line) + x);
    transform(block);
    transpose(block);
    transform(block);
}

// Along the group, by Haar's wavelets: `count` is a power of two.
INLINE void load_group(const sluice_view *lines, const sluice_matches *matches, int count, int x, int y, octet *group) {
    for (int member = 0; member < count; member++)
        load_block(lines, x + matches->offsets[member].x, y + matches->offsets[member].y, group + 8 * member);
    for (int apart = 1; apart < count; apart *= 2)
        for (int member = 0; member < count; member += 2 * apart)
            for (int row = 0; row < 8; row++) {
                octet a = group[8 * member + row], b = group[8 * (member + apart) + row];
                group[8 * member + row] = (a + b) * ROOT_HALF;
                group[8 * (member + apart) + row] = (a - b) * ROOT_HALF;
            }
}

INLINE void add_group(const sluice_matches *matches, int count, int x, int y, octet *group, float weight, sluice_sums *sums) {
    for (int apart = count / 2; apart >= 1; apart /= 2)
        for (int member = 0; member < count; member += 2 * apart)
            for (int row = 0; row < 8; row++) {
                octet a = group[8 * member + row], b = group[8 * (member + apart) + row];
                group[8 * member + row] = (a + b) * ROOT_HALF;
                group[8 * (member + apart) + row] = (a - b) * ROOT_HALF;
            }
    octet across = LOAD(window) * weight;
    for (int member = 0; member < count; member++) {
        octet *block = group + 8 * member;
        transform_back(block);
        transpose(block);
        transform_back(block);
        size_t place = (size_t) (y + matches->offsets[member].y - sums->top) * sums->width
            + (x + matches->offsets[member].x - sums->left);
        for (int line = 0; line < SLUICE_BLOCK; line++, place += sums->width) {
            octet share = across * window[line];
            STORE(sums->totals + place, LOAD(sums->totals + place) + block[line] * share);
            STORE(sums->weights + place, LOAD(sums->weights + place) + share);
        }
    }
}

static int power_of_two(int count) {
    int power = 1;
    while (2 * power <= count) power *= 2;
    return power;
}

VECTORS void sluice_filter_group(
    const sluice_view *noisy, const sluice_matches *matches, int x, int y, const sluice_strength *strength,
    float factor, sluice_sums *sums) {
    octet group[8 * SLUICE_MOST_GROUP];
    int count = power_of_two(matches->count);
    load_group(noisy, matches, count, x, y, group);
    octet_integers kept = {0};
    for (int row = 0; row < 8; row++) {
        octet limit = LOAD(strength->noise + 8 * row) * factor;
        for (int member = 0; member < count; member++) {
            octet *value = group + 8 * member + row;
            octet_integers is_kept = *value * *value > limit;
            // The mean stays whatever it is.
            if (member == 0 && row == 0) is_kept[0] = -1;
            kept -= is_kept;
            *value = (octet) ((octet_integers) *value & is_kept);
        }
    }
    octet numbers = __builtin_convertvector(kept, octet);
    add_group(matches, count, x, y, group, 1 / (factor * sum(&numbers)), sums);
}

// How much of what the first pass left is structure: 0 where it is flat.
INLINE float structure(const octet *group, int count, const sluice_strength *strength, float factor) {
    octet signal = ALL(0.0f), noise = ALL(0.0f);
    for (int row = 0; row < 8; row++) {
        noise += LOAD(strength->noise + 8 * row) * (factor * count);
        for (int member = 0; member < count; member++) {
            octet value = group[8 * member + row];
            if (member == 0 && row == 0) value[0] = 0;
            signal += value * value;
        }
    }
    float total = sum(&signal);
    return total / (total + sum(&noise) + 1e-6f);
}

VECTORS void sluice_refine_group(
    const sluice_view *noisy, const sluice_view *basic, const sluice_matches *matches, int x, int y,
    const sluice_strength *strength, float factor, sluice_sums *sums) {
    octet group[8 * SLUICE_MOST_GROUP], model[8 * SLUICE_MOST_GROUP];
    int count = power_of_two(matches->count);
    load_group(noisy, matches, count, x, y, group);
    load_group(basic, matches, count, x, y, model);
    if (strength->detail > 0) factor *= 1 - strength->detail * structure(model, count, strength, factor);
    octet gains = ALL(0.0f);
    for (int row = 0; row < 8; row++) {
        octet noise = LOAD(strength->noise + 8 * row) * factor + 1e-6f;
        for (int member = 0; member < count; member++) {
            octet power = model[8 * member + row] * model[8 * member + row];
            octet gain = power / (power + noise);
            gains += gain * gain;
            group[8 * member + row] *= gain;
        }
    }
    add_group(matches, count, x, y, group, 1 / (factor * sum(&gains) + 1e-4f), sums);
}
