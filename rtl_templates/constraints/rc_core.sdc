# Timing constraints of rc_core: one clock, and what the logic around the core takes of its period.
#
# `rowcast synth` reports how long the core's own paths from and to its ports are, and the clock at
# which they fit a budget as this one.
#
# What to set for your design:
set period 10.0    ;# in the tool's unit of time, as a rule ns
set io_budget 0.3  ;# share of the period in front of each input and behind each output

create_clock -name clk -period $period [get_ports clk_i]

# All ports belong to clk_i's rising edge, rst_i too: it is synchronous. There are no false paths and
# no paths of several cycles.
set_input_delay [expr {$io_budget * $period}] -clock clk [get_ports {{%INPUTS%}}]
set_output_delay [expr {$io_budget * $period}] -clock clk [get_ports {{%OUTPUTS%}}]

# Left to you, as they depend on library and floor plan: the clock's uncertainty and latency, cells
# that drive the inputs, loads of the outputs.
//%if ROW_BROADCAST
# The row broadcast (u_array/tap_n_i, lastb_n_i and hold_i) is a wire along a row of elements, from
# registers to registers, and has a whole period; where its length wants more, BROADCAST_STAGES adds
# registers.
//%end
