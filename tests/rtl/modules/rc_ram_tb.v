// rc_ram: words against a model: reads of what was written, of what is being written, and none at all.
module rc_ram_tb;
  parameter integer WIDTH = 8;
  parameter integer DEPTH = 5;
  parameter integer SEED = 1;
  localparam integer ADDRESS_W = $clog2(DEPTH);

  reg clk, write, read;
  reg [ADDRESS_W-1:0] write_address, read_address;
  reg [WIDTH-1:0] data, expected;
  wire [WIDTH-1:0] data_o;
  reg [WIDTH-1:0] words[0:DEPTH-1];
  integer seed, t, fails, met;

  rc_ram #(
      .WIDTH(WIDTH),
      .DEPTH(DEPTH)
  ) u_ram (
      .clk_i(clk),
      .write_i(write),
      .write_address_i(write_address),
      .data_i(data),
      .read_i(read),
      .read_address_i(read_address),
      .data_o(data_o)
  );

  initial begin
    seed = SEED;
    fails = 0;
    met = 0;
    clk = 1'b0;
    for (t = 0; t < 20 * DEPTH + 200; t = t + 1) begin
      // At first every word is written once, and none is read.
      write = t < DEPTH || {$random(seed)} % 2;
      write_address = t < DEPTH ? t : {$random(seed)} % DEPTH;
      read = t >= DEPTH && (t == DEPTH || {$random(seed)} % 2);
      read_address = {$random(seed)} % 4 == 0 ? write_address : {$random(seed)} % DEPTH;
      data = {$random(seed), $random(seed)};
      if (!write) write_address = {ADDRESS_W{1'bx}};
      if (!read) read_address = {ADDRESS_W{1'bx}};
      if (read) expected = words[read_address];
      if (read && write && read_address == write_address) met = met + 1;
      #5 clk = 1'b1;
      if (write) words[write_address] = data;
      #5 clk = 1'b0;
      if (t >= DEPTH && data_o !== expected) begin
        if (fails < 5) $display("FAIL: seed %0d, cycle %0d: %h, not %h", SEED, t, data_o, expected);
        fails = fails + 1;
      end
    end
    if (fails == 0 && met > 5) $display("PASS: %0d cycles", t);
    else $display("FAIL: %0d failures, %0d reads of what was being written", fails, met);
    $finish;
  end
endmodule
