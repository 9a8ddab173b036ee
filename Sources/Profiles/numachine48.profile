# The NUMAchine that the Tornado paper (OSDI '99, Section 7) plans: 48 processors in 12 stations, on three local rings of four stations that a central
# ring joins; bus and rings at 50 MHz. Times are in ticks of 1/600 MHz: a processor cycle is 4 ticks, a bus or ring cycle 12.
name                          = numachine48
summary                       = the machine that the paper plans: 12 stations of 4 R4400 on three local rings and a central ring, bus and rings at 50 MHz
protocol                      = numachine
network                       = ring
stations                      = 12
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
bus_command                   = 48
bus_header                    = 36
bus_beat                      = 12
bus_beat_bytes                = 8
memory_banks                  = 2
directory                     = 72
dram                          = 165
memory_output                 = 90
intervention                  = 240
fill                          = 225
restart                       = 60
network_lookup                = 48
network_fill                  = 24
# Stations of a local ring; a machine of more joins several local rings by a central one.
stations_per_ring             = 4
ring_out                      = 24
ring_hop                      = 12
ring_in                       = 36
ring_beat                     = 12
ring_sequencing               = 12
inter_ring_crossing           = 48
device                        = 48
interrupt_raise               = 24

# The network cache: of other stations' memory, direct-mapped.
network_cache_bytes           = 8388608
network_cache_dram            = 189
network_cache_output          = 90
# What a ring interface or network cache decides by itself (to refuse, to ask again, to make room) leaves it this much later.
retry_turnaround              = 246
# Commands that the queue from the ring holds before the sequencing points hold back invalidations for the station.
input_queue                   = 128
