/** How a process of Ecomind reads its configuration and reports errors. */
@NullMarked
package io.ecomind.service;

import org.jspecify.annotations.NullMarked;
