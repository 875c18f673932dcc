// The brightness of a developed picture, as dcraw has it.
#ifndef SLUICE_RAW_TONE_H
#define SLUICE_RAW_TONE_H
#include <stddef.h>
#include <stdint.h>

// Linear light of 16 bits as the value of BT.709's curve, of 16 bits.
typedef struct {
    uint16_t values[1 << 16];
} raw_tone;

// The brightest hundredth of the values in one of the bands is white; at least what is an eighth of the range stays so.
//
// - `lines`: pixels of four values each, of which the first `bands` are colours.
void sluice_raw_tone(raw_tone *tone, const uint16_t (*pixels)[4], size_t count, int bands);

#endif
