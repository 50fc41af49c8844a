// Package osservice is how the process gets on with whoever started it: systemd,
// the service control manager of Windows, or nobody. It tells them what becomes of
// us, takes over the sockets that they have opened, and installs the Windows
// service.
//
// It knows nothing of free/busy, and of configuration only the path of the file.
package osservice
