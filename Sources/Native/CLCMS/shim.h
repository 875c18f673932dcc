// Little CMS, as libvips has it: profiles made and judged. Its headers are plain C; nothing needs a wrapper.
#include <lcms2.h>
