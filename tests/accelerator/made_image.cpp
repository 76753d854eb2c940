#include "tests/accelerator/made_image.h"

#include "generator/error.h"
#include "tests/accelerator/random_networks.h"

namespace rowcast::accelerator {

Made made(std::mt19937_64& random, int data_width) {
  for (;;) {
    Made of;
    of.network = random_network(random);
    of.config.accelerator = random_config(random);
    of.config.accelerator.array.data_width = of.config.accelerator.array.weight_width = data_width;
    of.golden = golden_of(of.network, of.config.accelerator.array, random());
    try {
      of.program = compile(of.network, of.golden.values, of.config.accelerator);
    } catch (const InputError&) {
      continue;
    }
    of.image = image_of(of.program, of.config);
    return of;
  }
}

}  // namespace rowcast::accelerator
