// rc_accelerator_properties: what is proved of rc_accelerator around its modules, whose outputs may be anything
// but for what is known of them: an error of rc_moves stays and follows a halt (M5 of rc_moves), rc_places gives
// no lane a tile's and a window's word at once (G1 of rc_places), residuals are not read together with operands
// from A (M2 of rc_moves, for the move's own the form of its operands), and rc_moves tells when it reads (M7; its reads in the
// cycle before an error are left out).
//
// A1  A lane of A or B is written in a cycle by a tile's word, by a window's or by the host's, never by two, and
//     each of these is written as what it is: a tile's word with its residual added, saturating, at the address
//     and in the memory that rc_places says; a window's in the lanes that keep it, at the window's address; the
//     host's own word. None is lost.
// A2  With an error results are not written. A window's row that leaves its move's range, or has no window, is an
//     error and is not written.
// A3  The host's words for W, and its scales, are written once, where they are meant to go.
// A4  Operands and residuals are read at their addresses in the cycle in which they are asked for.
// A5  A read of the host's that is taken is answered once, in order, with its memory's word.
module rc_accelerator_properties #(
    parameter integer N      = 4,
    parameter integer DATA_W = 2,
    parameter integer D_W    = 2,   // bits of an address of A, B, W
    parameter integer Q_W    = 1,
    parameter integer S_W    = 2,
    parameter integer ADDRESS_W = 4
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   load_valid_i,
    input  wire [            1:0] load_memory_i,
    input  wire [          N-1:0] load_lanes_i,
    input  wire [           19:0] load_address_i,
    input  wire [   N*DATA_W-1:0] load_data_i,
    input  wire                   scale_valid_i,
    input  wire                   scale_rows_i,
    input  wire [          N-1:0] scale_lanes_i,
    input  wire [           19:0] scale_address_i,
    input  wire [           49:0] scale_i,
    input  wire                   read_valid_i,
    input  wire                   read_memory_i,
    input  wire [           19:0] read_address_i,
    // What the modules say.
    input  wire                   fault_i,
    input  wire                   feeding_i, reading_i,
    input  wire                   rows_read_i, rows_from_w_i, columns_read_i, columns_from_b_i,
    input  wire [  ADDRESS_W-1:0] rows_address_i, columns_address_i,
    input  wire [          N-1:0] add_i, added_i, tile_i, tile_to_b_i,
    input  wire [N*ADDRESS_W-1:0] add_address_i, tile_address_i,
    input  wire                   window_i, keeps_i, window_to_b_i, range_error_i, route_i,
    input  wire [  ADDRESS_W-1:0] window_row_i, window_step_i, window_first_i, window_last_i, route_address_i,
    input  wire [          N-1:0] enable_i, over_i,
    input  wire [   N*DATA_W-1:0] words_i, squeezed_i, a_data_i, b_data_i,
    output wire [            5:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // ---------------------------------------------------------------- contracts
  reg error_q, window_q;
  wire halt;
  always @(posedge clk_i) begin
    error_q <= !rst && (error_q || halt || fault_i);
    window_q <= window_i;
  end
  wire [N-1:0] tile = tile_i & {N{!window_q}};
  wire [N-1:0] add = add_i & {N{!(rows_read_i && !rows_from_w_i)}};
  wire from_b = columns_from_b_i || rows_from_w_i;

  wire load_ready, read_ready, read_done;
  wire [N*DATA_W-1:0] read_data, a_write_data, b_write_data, w_write_data;
  wire [N-1:0] a_write, b_write, w_write, q_write, a_read, b_read, w_read;
  wire [N*D_W-1:0] a_write_address, b_write_address, w_write_address, a_read_address, b_read_address, w_read_address;
  wire [N*Q_W-1:0] q_address;
  wire s_write;
  wire [S_W-1:0] s_address;
  wire [49:0] s_scale;
  wire [N*50-1:0] q_scale;
  rc_accelerator u_accelerator (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_valid_i(load_valid_i),
      .load_ready_o(load_ready),
      .load_memory_i(load_memory_i),
      .load_lanes_i(load_lanes_i),
      .load_address_i(load_address_i),
      .load_data_i(load_data_i),
      .scale_valid_i(scale_valid_i),
      .scale_rows_i(scale_rows_i),
      .scale_lanes_i(scale_lanes_i),
      .scale_address_i(scale_address_i),
      .scale_i(scale_i),
      .read_valid_i(read_valid_i),
      .read_ready_o(read_ready),
      .read_memory_i(read_memory_i),
      .read_address_i(read_address_i),
      .read_done_o(read_done),
      .read_data_o(read_data),
      .\u_moves.error_o (error_q),
      .\u_moves.halt_i (halt),
      .\u_moves.reads_a_o (feeding_i || (rows_read_i && !rows_from_w_i)),
      .\u_moves.reads_b_o (reading_i || (columns_read_i && from_b)),
      .\u_moves.rows_read_o (rows_read_i),
      .\u_moves.rows_from_w_o (rows_from_w_i),
      .\u_moves.rows_address_o (rows_address_i),
      .\u_moves.columns_read_o (columns_read_i),
      .\u_moves.columns_from_b_o (from_b),
      .\u_moves.columns_address_o (columns_address_i),
      .\u_places.add_o (add),
      .\u_places.add_address_o (add_address_i),
      .\u_places.added_o (added_i),
      .\u_places.write_o (tile),
      .\u_places.write_to_b_o (tile_to_b_i),
      .\u_places.writes_a_o (|(tile & ~tile_to_b_i)),
      .\u_places.writes_b_o (|(tile & tile_to_b_i)),
      .\u_places.write_address_o (tile_address_i),
      .\u_places.window_o (window_i),
      .\u_places.window_keeps_o (keeps_i),
      .\u_places.window_to_b_o (window_to_b_i),
      .\u_places.window_row_o (window_row_i),
      .\u_places.window_step_o (window_step_i),
      .\u_places.window_first_o (window_first_i),
      .\u_places.window_last_o (window_last_i),
      .\u_places.range_error_o (range_error_i),
      .\u_routes.valid_o (route_i),
      .\u_routes.enable_o (enable_i),
      .\u_routes.over_o (over_i),
      .\u_routes.address_o (route_address_i),
      .\u_squeeze.data_o (squeezed_i),
      .\lane[0].u_requantise.data_o (words_i[0*DATA_W+:DATA_W]),
      .\lane[1].u_requantise.data_o (words_i[1*DATA_W+:DATA_W]),
      .\lane[2].u_requantise.data_o (words_i[2*DATA_W+:DATA_W]),
      .\lane[3].u_requantise.data_o (words_i[3*DATA_W+:DATA_W]),
      .\u_a.data_o (a_data_i),
      .\u_b.data_o (b_data_i),
      .\u_a.write_i (a_write),
      .\u_a.write_address_i (a_write_address),
      .\u_a.data_i (a_write_data),
      .\u_a.read_i (a_read),
      .\u_a.read_address_i (a_read_address),
      .\u_b.write_i (b_write),
      .\u_b.write_address_i (b_write_address),
      .\u_b.data_i (b_write_data),
      .\u_b.read_i (b_read),
      .\u_b.read_address_i (b_read_address),
      .\u_w.write_i (w_write),
      .\u_w.write_address_i (w_write_address),
      .\u_w.data_i (w_write_data),
      .\u_w.read_i (w_read),
      .\u_w.read_address_i (w_read_address),
      .\u_q.write_i (q_write),
      .\u_q.write_address_i (q_address),
      .\u_q.data_i (q_scale),
      .\u_s.write_i (s_write),
      .\u_s.write_address_i (s_address),
      .\u_s.data_i (s_scale)
  );

  // ---------------------------------------------------------------- results, a cycle behind their words
  reg [N*DATA_W-1:0] words_q, squeezed_q, a_data_q;
  reg [N-1:0] added_q, kept_q, over_q;
  reg window_to_b_q;
  reg [ADDRESS_W-1:0] address_q, step_q;
  wire [ADDRESS_W-1:0] straight = route_address_i + window_row_i, over = straight + window_step_i;
  function outside(input [ADDRESS_W-1:0] at, input [ADDRESS_W-1:0] first, input [ADDRESS_W-1:0] last);
    outside = at < first || at > last;
  endfunction
  wire bad = window_i && keeps_i && (!route_i
      || ((enable_i & ~over_i) != 0 && outside(straight, window_first_i, window_last_i))
      || ((enable_i & over_i) != 0 && outside(over, window_first_i, window_last_i)));
  reg bad_q;
  always @(posedge clk_i) begin
    {words_q, squeezed_q, a_data_q, added_q, over_q} <= {words_i, squeezed_i, a_data_i, added_i, over_i};
    {window_to_b_q, address_q, step_q} <= {window_to_b_i, straight, over};
    kept_q <= window_i && keeps_i && !rst ? enable_i : 0;
    bad_q <= bad && !rst;
  end
  // The host's word, and whether it goes in this cycle.
  reg host_q;
  reg [1:0] memory_q;
  reg [N-1:0] lanes_q;
  reg [D_W-1:0] host_address_q;
  reg [N*DATA_W-1:0] data_q;
  wire goes = host_q && load_ready;
  always @(posedge clk_i) begin
    if (load_ready) begin
      host_q <= load_valid_i && load_memory_i != 3;
      {memory_q, lanes_q, host_address_q, data_q} <= {load_memory_i, load_lanes_i, load_address_i[D_W-1:0], load_data_i};
    end
    if (rst) host_q <= 0;
  end

  reg fine, quiet, operands;
  reg result, to_b, host_a, host_b;
  reg signed [DATA_W-1:0] word, more;
  reg signed [DATA_W:0] sum;
  reg [DATA_W-1:0] value;
  reg [ADDRESS_W-1:0] at;
  integer c;
  always @* begin
    fine = 1;
    quiet = 1;
    for (c = 0; c < N; c = c + 1) begin
      word = words_q[c*DATA_W+:DATA_W];
      more = added_q[c] ? a_data_q[c*DATA_W+:DATA_W] : 0;
      sum = word + more;
      value = window_q ? squeezed_q[c*DATA_W+:DATA_W]
          : sum >= (1 << (DATA_W - 1)) ? {1'b0, {(DATA_W - 1) {1'b1}}}
          : sum < -(1 << (DATA_W - 1)) ? {1'b1, {(DATA_W - 1) {1'b0}}} : sum[DATA_W-1:0];
      result = !error_q && (window_q ? kept_q[c] : tile[c]);
      to_b = window_q ? window_to_b_q : tile_to_b_i[c];
      at = !window_q ? tile_address_i[c*ADDRESS_W+:ADDRESS_W] : over_q[c] ? step_q : address_q;
      host_a = goes && memory_q == 0 && lanes_q[c];
      host_b = goes && memory_q == 1 && lanes_q[c];
      fine = fine && a_write[c] == (result && !to_b || host_a) && b_write[c] == (result && to_b || host_b)
          && !(result && !to_b && host_a) && !(result && to_b && host_b);
      if (result && !to_b) fine = fine && a_write_address[c*D_W+:D_W] == at[D_W-1:0] && a_write_data[c*DATA_W+:DATA_W] == value;
      if (result && to_b) fine = fine && b_write_address[c*D_W+:D_W] == at[D_W-1:0] && b_write_data[c*DATA_W+:DATA_W] == value;
      if (host_a) fine = fine && a_write_address[c*D_W+:D_W] == host_address_q && a_write_data[c*DATA_W+:DATA_W] == data_q[c*DATA_W+:DATA_W];
      if (host_b) fine = fine && b_write_address[c*D_W+:D_W] == host_address_q && b_write_data[c*DATA_W+:DATA_W] == data_q[c*DATA_W+:DATA_W];
      if (error_q || bad_q) quiet = quiet && a_write[c] == host_a && b_write[c] == host_b;
    end
  end

  // ---------------------------------------------------------------- W, scales
  reg scale_q, rows_q;
  reg [N-1:0] scale_lanes_q;
  reg [19:0] scale_address_q;
  reg [49:0] scale_value_q;
  always @(posedge clk_i) begin
    scale_q <= scale_valid_i && !rst;
    {rows_q, scale_lanes_q, scale_address_q, scale_value_q} <= {scale_rows_i, scale_lanes_i, scale_address_i, scale_i};
  end
  wire words_of_w = w_write == (goes && memory_q == 2 ? lanes_q : 0)
      && (w_write == 0 || (w_write_address == {N{host_address_q}} && w_write_data == data_q));
  wire scales = s_write == (scale_q && rows_q) && q_write == (scale_q && !rows_q ? scale_lanes_q : 0)
      && (!s_write || (s_address == scale_address_q[S_W-1:0] && s_scale == scale_value_q))
      && (q_write == 0 || (q_address == {N{scale_address_q[Q_W-1:0]}} && q_scale == {N{scale_value_q}}));
  // A word for W goes in the cycle behind the one in which it is taken.
  wire at_once = !(host_q && memory_q == 2) || load_ready;

  // ---------------------------------------------------------------- reads
  wire operand_a = rows_read_i && !rows_from_w_i, operand_b = columns_read_i && from_b;
  wire operand_w = (rows_read_i && rows_from_w_i) || (columns_read_i && !from_b);
  always @* begin
    operands = (!operand_b || (b_read == {N{1'b1}} && b_read_address == {N{columns_address_i[D_W-1:0]}}))
        && (!operand_w || (w_read == {N{1'b1}} && w_read_address
            == {N{rows_from_w_i ? rows_address_i[D_W-1:0] : columns_address_i[D_W-1:0]}}));
    for (c = 0; c < N; c = c + 1) begin
      if (operand_a) operands = operands && a_read[c] && a_read_address[c*D_W+:D_W] == rows_address_i[D_W-1:0];
      if (add[c]) operands = operands && a_read[c] && a_read_address[c*D_W+:D_W] == add_address_i[c*ADDRESS_W+:D_W];
    end
  end
  reg asked_q, of_q, answered_q, from_q;
  reg [D_W-1:0] read_address_q;
  wire answers = asked_q && read_ready;
  always @(posedge clk_i) begin
    if (read_ready) {asked_q, of_q, read_address_q} <= {read_valid_i, read_memory_i, read_address_i[D_W-1:0]};
    {answered_q, from_q} <= {answers, of_q};
    if (rst) {asked_q, answered_q} <= 0;
  end
  wire reading = !answers || (of_q ? b_read == {N{1'b1}} && b_read_address == {N{read_address_q}}
                                   : a_read == {N{1'b1}} && a_read_address == {N{read_address_q}});

  wire [5:1] holds;
  assign holds[1] = fine || bad_q;
  assign holds[2] = quiet && (!bad_q || error_q);
  assign holds[3] = words_of_w && scales && at_once;
  assign holds[4] = operands;
  assign holds[5] = reading && read_done == answered_q && (!answered_q || read_data == (from_q ? b_data_i : a_data_i));
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
