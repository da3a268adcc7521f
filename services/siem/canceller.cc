#include "services/siem/canceller.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace affidavit::siem {

Canceller::Canceller() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Canceller::~Canceller() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

void Canceller::Cancel() {
  cancelled_ = true;
  const uint64_t one = 1;
  // Without a descriptor the waits end at their deadlines.
  [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof(one));
}

}  // namespace affidavit::siem
