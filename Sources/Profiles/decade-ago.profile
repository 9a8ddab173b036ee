# Figure 1's "hardware parameters set to those typical of ten years ago": everything at 25 MHz, misses cost little.
# Times are in ticks of 1/100 MHz: every clock is 4 ticks.
name                          = decade-ago
summary                       = Figure 1's machine of ten years before: 25 MHz, small caches, cheap misses
protocol                      = flat
network                       = ring
stations                      = 4
processors_per_station        = 4
memory_bytes                  = 268435456
ticks_per_second              = 100000000
processor_cycle               = 4

primary_instruction_bytes     = 16384
primary_data_bytes            = 16384
primary_line_bytes            = 16
primary_ways                  = 1
secondary_bytes               = 131072
secondary_line_bytes          = 16
secondary_ways                = 1
read_fills_exclusive          = 1

load_delay_cycles             = 2
secondary_hit                 = 12
issue_to_bus                  = 12
bus_command                   = 4
bus_header                    = 4
bus_beat                      = 4
bus_beat_bytes                = 8
memory_banks                  = 2
directory                     = 4
dram                          = 4
memory_output                 = 4
intervention                  = 12
fill                          = 8
restart                       = 4
network_lookup                = 4
network_fill                  = 4
stations_per_ring             = 16
ring_out                      = 4
ring_hop                      = 4
ring_in                       = 4
ring_beat                     = 4
ring_sequencing               = 4
inter_ring_crossing           = 8
device                        = 4
interrupt_raise               = 4
