package main

import (
	"strings"
	"testing"
)

func TestParseNetwork(t *testing.T) {
	tests := []struct{ name, text, want, err string }{
		{"an address", "192.0.2.1", "192.0.2.1/32", ""},
		{"a network", "10.0.0.0/8", "10.0.0.0/8", ""},
		{"an address of IPv6", "2001:db8::1", "2001:db8::1/128", ""},
		{"a network of IPv6", "fe80::/10", "fe80::/10", ""},
		{"an address of IPv4 within IPv6", "::ffff:127.0.0.1", "127.0.0.1/32", ""},
		{"a network of IPv4 within IPv6", "::ffff:10.0.0.0/104", "10.0.0.0/8", ""},
		{"all of IPv4 within IPv6", "::ffff:0:0/96", "0.0.0.0/0", ""},
		{"more than that", "::ffff:0:0/95", "", "name a network of each"},
		{"an address with a zone", "fe80::1%eth0", "", "leave out the zone"},
		{"a network with a zone", "fe80::%eth0/10", "", "leave out the zone"},
		{"a name", "localhost", "", "no address, no network"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseNetwork(tt.text)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, %v, want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
}
