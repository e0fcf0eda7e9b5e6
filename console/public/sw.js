// A push message in → a notification; a click on it → the page that it is about.

self.addEventListener('push', (event) => {
  const { title, body, tag, url } = event.data.json()
  // The tag is the delivery's key: a second copy takes the place of the first.
  event.waitUntil(self.registration.showNotification(title, { body, tag, icon: '/favicon.svg', data: { url } }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(self.clients.openWindow(event.notification.data.url))
})
