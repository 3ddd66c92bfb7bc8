/** Tests of the services with RxJava, against a member in this process. */
package io.quorate.vertx.rxjava3.service;
