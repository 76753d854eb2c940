// rc_array: ROWS × COLS processing elements, wiring only (structural view).
//
//            b_i[0]  b_i[1]       b_i[C-1]          out_o[0] .. out_o[C-1]
//              ▼       ▼             ▼                 ▲  (above row 0)
//     a_i[0] ─►PE ───► PE ──► ... ─► PE
//              ▼▲      ▼▲            ▼▲    b flows down, results flow up
//     a_i[1] ─►PE ───► PE ──► ... ─► PE
//
// A lane of a flattened bus is [i*W +: W], lane 0 in the least significant bits.
//%if ROW_BROADCAST
// tap_n_i and lastb_n_i (both active low) reach all elements of their row in the same cycle, into the
// registers of b and last. hold_i is high in the cycle after, so that neither moves on to a neighbour;
// element (0,0) has no neighbour to take them from, and its edges may already bring the next tile.
//%end
//
// Latency: an operand at an edge in cycle t is in element (r,c)'s registers after edge t + c (from the
// row's edge) or t + r (from the column's edge), and in its sum one edge later, with MAC_STAGES = 1
// three. A sum captured in row r by edge t is on out_o after edge t + r.
module rc_array #(
    parameter integer ROWS       = /*%ROWS*/4,      // rows of elements, from 1
    parameter integer COLS       = /*%COLS*/4,      // columns of elements, from 1
    parameter integer DATA_W     = /*%DATA_W*/8,    // bits of an activation, signed
    parameter integer WEIGHT_W   = /*%WEIGHT_W*/8,  // bits of a weight, signed
    parameter integer ACC_W      = /*%ACC_W*/32,    // bits of the accumulator
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0 // registers between multiplier and adder, 0..1
) (
    input  wire                     clk_i,
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [         ROWS-1:0] last_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [         ROWS-1:0] hold_i,
    input  wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input  wire [         ROWS-1:0] lastb_n_i,
//%end
    output wire [   COLS*ACC_W-1:0] out_o
);
  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      for (c = 0; c < COLS; c = c + 1) begin : gen_col
        wire [DATA_W-1:0] a_west, a;
        wire [ACC_W-1:0] out_south, out;
//%if ROW_BROADCAST
        wire last_west_n, last_n;
        wire [WEIGHT_W-1:0] b_north_n, b_n;
//%else
//%        wire last_west, last;
//%        wire [WEIGHT_W-1:0] b_north, b;
//%end

        if (c == 0) begin : gen_west_edge
          assign a_west = a_i[r*DATA_W+:DATA_W];
//%if ROW_BROADCAST
          assign last_west_n = ~last_i[r];
//%else
//%          assign last_west = last_i[r];
//%end
        end else begin : gen_west
          assign a_west = gen_row[r].gen_col[c-1].a;
//%if ROW_BROADCAST
          assign last_west_n = gen_row[r].gen_col[c-1].last_n;
//%else
//%          assign last_west = gen_row[r].gen_col[c-1].last;
//%end
        end
        if (r == 0) begin : gen_north_edge
//%if ROW_BROADCAST
          assign b_north_n = ~b_i[c*WEIGHT_W+:WEIGHT_W];
//%else
//%          assign b_north = b_i[c*WEIGHT_W+:WEIGHT_W];
//%end
          assign out_o[c*ACC_W+:ACC_W] = out;
        end else begin : gen_north
//%if ROW_BROADCAST
          assign b_north_n = gen_row[r-1].gen_col[c].b_n;
//%else
//%          assign b_north = gen_row[r-1].gen_col[c].b;
//%end
        end
        if (c == COLS - 1) begin : gen_east_edge
//%if ROW_BROADCAST
          wire unused_east = &{1'b0, a, last_n};
//%else
//%          wire unused_east = &{1'b0, a, last};
//%end
        end
        if (r == ROWS - 1) begin : gen_south_edge
//%if ROW_BROADCAST
          wire unused_south = &{1'b0, b_n};
//%else
//%          wire unused_south = &{1'b0, b};
//%end
          assign out_south = {ACC_W{1'b0}};
        end else begin : gen_south
          assign out_south = gen_row[r+1].gen_col[c].out;
        end

        rc_pe #(
            .DATA_W(DATA_W),
            .WEIGHT_W(WEIGHT_W),
            .ACC_W(ACC_W),
            .MAC_STAGES(MAC_STAGES)
        ) u_pe (
            .clk_i(clk_i),
            .a_i(a_west),
//%if ROW_BROADCAST
            .last_n_i(last_west_n),
            .b_n_i(b_north_n),
            .hold_i(hold_i[r] & (r != 0 || c != 0)),
            .tap_n_i(tap_n_i[r*WEIGHT_W+:WEIGHT_W]),
            .lastb_n_i(lastb_n_i[r]),
//%else
//%            .last_i(last_west),
//%            .b_i(b_north),
//%end
            .drain_i(out_south),
            .a_o(a),
//%if ROW_BROADCAST
            .last_n_o(last_n),
            .b_n_o(b_n),
//%else
//%            .last_o(last),
//%            .b_o(b),
//%end
            .out_o(out)
        );
      end
    end
  endgenerate
endmodule
