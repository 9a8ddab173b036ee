# The machine that the Tornado paper simulated with SimOS (OSDI '99, Section 7), with four-way set-associative caches:
# the processors and latencies of NUMAchine, a flat directory protocol, no network caches.
# Times are in ticks of 1/600 MHz unless the name says otherwise: a processor cycle is 4 ticks, a bus or ring cycle 15.
name                          = simos-4way
summary                       = the paper's simulated machine with four-way set-associative caches
stations                      = 4
processors_per_station        = 4
memory_bytes                  = 268435456
ticks_per_second              = 600000000
processor_cycle               = 4

primary_instruction_bytes     = 16384
primary_data_bytes            = 16384
primary_line_bytes            = 32
primary_ways                  = 4
secondary_bytes               = 1048576
secondary_line_bytes          = 128
secondary_ways                = 4
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
ring_out                      = 30
ring_hop                      = 15
ring_in                       = 45
ring_beat                     = 15
device                        = 60
interrupt_raise               = 30
