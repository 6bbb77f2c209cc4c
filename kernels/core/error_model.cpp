#include "core/error_model.h"

#include <limits>

namespace convscope {

double rounding_bound(const ErrorModel& model, int64_t terms, double magnitude) {
    const double n = static_cast<double>(terms) * model.additions, nu = n * model.unit;
    if (nu >= 1) return std::numeric_limits<double>::infinity();  // the theory promises nothing here
    const double gamma = nu / (1 - nu);
    const double relative = gamma + model.product_error + gamma * model.product_error;
    return relative * magnitude + n * 0x1p-149;
}

}  // namespace convscope
