/**
 * What native libraries read from the environment of the process, which a thread can't change: its own is a copy. So this is
 * imported where a thread is started, and where the runtime is used without one.
 */

// Unless told otherwise CUDA counts the fastest card first, nvidia-smi the first on the bus.
process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID'

// Since 1.29 the runtime would report to its maker what the process is and does, write down a device id in the home folder
// for that, and die of a command line of some thousand characters, which it reads with a recursive expression.
process.env.ORT_DISABLE_TELEMETRY = '1'
