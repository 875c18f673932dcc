#include "CUnicodeData.h"

const struct sluice_unicode_data icudt76_dat = {
    .header_size = 32,
    .magic = {0xDA, 0x27},
    .information_size = 20,
    .character_size = 2,
    .format = {'C', 'm', 'n', 'D'},
    .format_version = {1, 0, 0, 0},
};
