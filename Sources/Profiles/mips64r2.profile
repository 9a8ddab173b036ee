# NUMAchine with a processor that today's compilers know: everything is as in numachine.profile, but the instruction set is MIPS64 release 2.
# Times are in ticks of 1/600 MHz unless the name says otherwise: a processor cycle is 4 ticks, a bus or ring cycle 15.
name                          = mips64r2
summary                       = numachine with MIPS64 release 2 processors, for what today's compilers make
processor                     = mips64r2
protocol                      = numachine
network                       = ring
stations                      = 4
processors_per_station        = 4
memory_bytes                  = 268435456
ticks_per_second              = 600000000
processor_cycle               = 4

primary_instruction_bytes     = 16384
primary_data_bytes            = 16384
primary_line_bytes            = 32
primary_ways                  = 1
secondary_bytes               = 1048576
secondary_line_bytes          = 128
secondary_ways                = 1
# A read miss on a line that nobody holds fills it clean exclusive (1) or shared (0).
read_fills_exclusive          = 1

load_delay_cycles             = 3
secondary_hit                 = 60
issue_to_bus                  = 150
bus_command                   = 60
bus_header                    = 45
bus_beat                      = 15
bus_beat_bytes                = 8
memory_banks                  = 2
directory                     = 90
dram                          = 195
memory_output                 = 75
intervention                  = 240
fill                          = 225
restart                       = 60
network_lookup                = 60
network_fill                  = 25
# Stations of a local ring; a machine of more joins several local rings by a central one.
stations_per_ring             = 16
ring_out                      = 30
ring_hop                      = 15
ring_in                       = 45
ring_beat                     = 15
ring_sequencing               = 15
inter_ring_crossing           = 60
device                        = 60
interrupt_raise               = 30

# The network cache: of other stations' memory, direct-mapped.
network_cache_bytes           = 8388608
network_cache_dram            = 225
network_cache_output          = 75
# What a ring interface or network cache decides by itself (to refuse, to ask again, to make room) leaves it this much later.
retry_turnaround              = 270
# Commands that the queue from the ring holds before the sequencing points hold back invalidations for the station.
input_queue                   = 128
