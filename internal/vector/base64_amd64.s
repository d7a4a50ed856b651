#include "textflag.h"

// A character's upper four bits tell its range in the alphabet, A-Z a-z 0-9 - _
// and so what has to be added to it for its value, but for _, which is in the
// middle of P-Z. After W. Muła and D. Lemire, "Faster Base64 Encoding and
// Decoding Using AVX2 Instructions".

// Classes of ranges by the upper four bits, and the classes that each of the
// lower four bits is not in. Where both have a bit, the character is none.
//
//	01 2-: -          04 4- 6-: A-O a-o    10 7-: p-z
//	02 3-: 0-9        08 5-: P-Z _         20 all else
DATA classes<>+0(SB)/8, $0x1004080402012020
DATA classes<>+8(SB)/8, $0x2020202020202020
GLOBL classes<>(SB), RODATA|NOPTR, $16
DATA outside<>+0(SB)/8, $0x2121212121212125
DATA outside<>+8(SB)/8, $0x333b3a3b3b232121
GLOBL outside<>(SB), RODATA|NOPTR, $16

// What is to be added, by the upper four bits.
DATA values<>+0(SB)/8, $0xb9b9bfbf04110000
DATA values<>+8(SB)/8, $0
GLOBL values<>(SB), RODATA|NOPTR, $16

// The order of the bytes of four groups of 24 bits, and of the halves of a
// register that has two times 12 bytes.
DATA bytes<>+0(SB)/8, $0x090a040506000102
DATA bytes<>+8(SB)/8, $0xffffffff0c0d0e08
GLOBL bytes<>(SB), RODATA|NOPTR, $16
DATA halves<>+0(SB)/8, $0x0000000100000000
DATA halves<>+8(SB)/8, $0x0000000400000002
DATA halves<>+16(SB)/8, $0x0000000600000005
DATA halves<>+24(SB)/8, $0x0000000700000003
GLOBL halves<>(SB), RODATA|NOPTR, $32

DATA decoding<>+0(SB)/4, $0x0f0f0f0f
DATA decoding<>+4(SB)/4, $0x5f5f5f5f  // _
DATA decoding<>+8(SB)/4, $0x21212121  // what _ needs beyond P-Z
DATA decoding<>+12(SB)/4, $0x01400140 // 6 bits up, and added
DATA decoding<>+16(SB)/4, $0x00011000 // 12 bits up, and added
GLOBL decoding<>(SB), RODATA|NOPTR, $20

// func decodeBase64(dst, text []byte) (characters int)
TEXT ·decodeBase64(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), DX
	MOVQ text_base+24(FP), SI
	MOVQ text_len+32(FP), CX

	VBROADCASTI128 outside<>(SB), Y15
	VBROADCASTI128 classes<>(SB), Y14
	VBROADCASTI128 values<>(SB), Y13
	VBROADCASTI128 bytes<>(SB), Y12
	VMOVDQU        halves<>(SB), Y11
	VPBROADCASTD   decoding<>+0(SB), Y10
	VPBROADCASTD   decoding<>+4(SB), Y9
	VPBROADCASTD   decoding<>+8(SB), Y8
	VPBROADCASTD   decoding<>+12(SB), Y7
	VPBROADCASTD   decoding<>+16(SB), Y6

block:
	SUBQ $32, CX
	JLT  done
	CMPQ DX, $32
	JLT  done

	VMOVDQU (SI), Y0
	VPSRLD  $4, Y0, Y1
	VPAND   Y10, Y1, Y1 // upper four bits
	VPAND   Y10, Y0, Y2 // lower four bits
	VPSHUFB Y1, Y14, Y3
	VPSHUFB Y2, Y15, Y2
	VPTEST  Y2, Y3
	JNZ     done        // at a character that is none

	VPSHUFB    Y1, Y13, Y1
	VPCMPEQB   Y9, Y0, Y2
	VPAND      Y8, Y2, Y2
	VPADDB     Y1, Y0, Y0
	VPADDB     Y2, Y0, Y0  // 32 times 6 bits
	VPMADDUBSW Y7, Y0, Y0  // 16 times 12 bits
	VPMADDWD   Y6, Y0, Y0  // 8 times 24 bits
	VPSHUFB    Y12, Y0, Y0 // 2 times 12 bytes
	VPERMD     Y0, Y11, Y0 // 24 bytes
	VMOVDQU    Y0, (DI)

	ADDQ $32, SI
	ADDQ $24, DI
	SUBQ $24, DX
	JMP  block

done:
	VZEROUPPER
	SUBQ text_base+24(FP), SI
	MOVQ SI, characters+48(FP)
	RET

// The bytes of four groups of 24 bits, each with the second one there twice.
DATA groups<>+0(SB)/8, $0x0405030401020001
DATA groups<>+8(SB)/8, $0x0a0b090a07080607
GLOBL groups<>(SB), RODATA|NOPTR, $16

// What is to be added to a value for its character: at 0 for a-z, at 1 to 10
// for 0-9, at 11 for -, at 12 for _, at 13 for A-Z.
DATA letters<>+0(SB)/8, $0xfcfcfcfcfcfcfc47
DATA letters<>+8(SB)/8, $0x00004120effcfcfc
GLOBL letters<>(SB), RODATA|NOPTR, $16

DATA encoding<>+0(SB)/4, $0x0fc0fc00  // the first and third value,
DATA encoding<>+4(SB)/4, $0x04000040  // 10 and 6 bits down
DATA encoding<>+8(SB)/4, $0x003f03f0  // the second and fourth value,
DATA encoding<>+12(SB)/4, $0x01000010 // 4 and 8 bits up
DATA encoding<>+16(SB)/4, $0x33333333 // 51
DATA encoding<>+20(SB)/4, $0x1a1a1a1a // 26
DATA encoding<>+24(SB)/4, $0x0d0d0d0d // 13
GLOBL encoding<>(SB), RODATA|NOPTR, $28

// func encodeBase64(dst, src []byte) (bytes int)
TEXT ·encodeBase64(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX

	VBROADCASTI128 groups<>(SB), Y15
	VBROADCASTI128 letters<>(SB), Y14
	VPBROADCASTD   encoding<>+0(SB), Y13
	VPBROADCASTD   encoding<>+4(SB), Y12
	VPBROADCASTD   encoding<>+8(SB), Y11
	VPBROADCASTD   encoding<>+12(SB), Y10
	VPBROADCASTD   encoding<>+16(SB), Y9
	VPBROADCASTD   encoding<>+20(SB), Y8
	VPBROADCASTD   encoding<>+24(SB), Y7

block:
	CMPQ CX, $28 // of which the second half reads the last 16
	JLT  done

	VMOVDQU     (SI), X0
	VINSERTI128 $1, 12(SI), Y0, Y0
	VPSHUFB     Y15, Y0, Y0
	VPAND       Y13, Y0, Y1
	VPMULHUW    Y12, Y1, Y1
	VPAND       Y11, Y0, Y0
	VPMULLW     Y10, Y0, Y0
	VPOR        Y1, Y0, Y0 // 32 values
	VPSUBUSB    Y9, Y0, Y1 // 0 up to 51, then 1 and more
	VPCMPGTB    Y0, Y8, Y2
	VPAND       Y7, Y2, Y2
	VPOR        Y2, Y1, Y1 // 13 below 26
	VPSHUFB     Y1, Y14, Y1
	VPADDB      Y1, Y0, Y0
	VMOVDQU     Y0, (DI)

	ADDQ $24, SI
	ADDQ $32, DI
	SUBQ $24, CX
	JMP  block

done:
	VZEROUPPER
	SUBQ src_base+24(FP), SI
	MOVQ SI, bytes+48(FP)
	RET
