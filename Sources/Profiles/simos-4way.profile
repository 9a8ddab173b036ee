# The machine that the Tornado paper (OSDI '99, Section 7) simulates with SimOS: NUMAchine's processors, caches and latencies, a plain
# directory protocol and interconnect, no network caches. Times are in ticks of 1/600 MHz: a processor cycle is 4 ticks.
name                          = simos-4way
summary                       = simos with four-way set-associative caches
protocol                      = flat
network                       = plain
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
# Between the interfaces of any two stations, and the time that a message takes the receiving one for.
network_transit               = 135
network_occupancy             = 35
device                        = 60
interrupt_raise               = 30
