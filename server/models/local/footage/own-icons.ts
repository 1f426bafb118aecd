/**
 * Pictures that the icon set lacks and films often need, as SVG bodies in the set's manner: flat, on 32
 * units. Drawn for clipt.
 */
export const OWN_ICONS: Readonly<Record<string, string>> = {
  'black-hole':
    '<defs><radialGradient id="g"><stop offset=".42" stop-color="#fff3c9"/><stop offset=".62" stop-color="#ffb347"/><stop offset=".85" stop-color="#ff5f2e" stop-opacity=".75"/><stop offset="1" stop-color="#c22b5a" stop-opacity="0"/></radialGradient></defs><circle cx="16" cy="16" r="13" fill="url(#g)"/><ellipse cx="16" cy="16.6" rx="15.6" ry="3.6" fill="#ff9d42"/><ellipse cx="16" cy="16.4" rx="14" ry="2.3" fill="#ffe6ab"/><circle cx="16" cy="15.2" r="7" fill="#0b0718"/><path d="M9 16.2c2 1.6 12 1.6 14 0l2.8.9c-3 2.4-16.600 2.400-19.600 0z" fill="#fff0c4"/>',
  pyramid:
    '<path d="M16 4 30 27H2z" fill="#f2c063"/><path d="M16 4 30 27H20z" fill="#c98a36"/><path d="M12.300 10h5.300M9.300 15h9M6.200 20h12.800M3.500 24.600h16" stroke="#dba64c" stroke-width=".8"/><path d="M16 4 18.500 8.100 16.700 9.200 14.900 8.400 13.500 8.100z" fill="#ffe2a1"/>',
  'great-wall':
    '<path d="M1 24c6-1 8-8 15-8s9 5 15 3v9H1z" fill="#7a9a4e"/><path d="M1 27V21h2v-2h2.500v1.500L8 18v-1.500h2.500V18L12 17v10z" fill="#d8b98d"/><path d="M20 27V17l1.500.7V16H24v2.700l2 .8V18h2.500v2.300l2.500.7v6z" fill="#d8b98d"/><path d="M10.500 9h2V7.500h2V9h3V7.500h2V9h2v3h-1v15h-9V12h-1z" fill="#e9cfa6"/><path d="M14.500 27v-5a1.500 1.500 0 0 1 3 0v5zM14 14h1.500v2.500H14zm2.800 0h1.500v2.500h-1.500z" fill="#7b5a3c"/><path d="M1 27h30v2H1z" fill="#5f7d3c"/>',
  iceberg:
    '<path d="M6 13 10 6l4 2 3-5 5 6 4 4z" fill="#f4fbff"/><path d="m17 3 5 6 4 4h-7z" fill="#cfe9f8"/><path d="M1 13.500h30V16H1z" fill="#2f8fd6"/><path d="M4 15h24l-3 6-5 3-3 6-5-5-4-2z" fill="#7cc4ee"/><path d="M19 15h9l-3 6-5 3-3 6z" fill="#4ba3dc"/>',
  honeycomb:
    '<g fill="#ffb72b" stroke="#c9780f" stroke-width="1.400" stroke-linejoin="round"><path d="m16 1.500 5 2.900v5.700l-5 2.900-5-2.900V4.400z"/><path d="m10.500 11 5 2.900v5.700l-5 2.900-5-2.900v-5.700z"/><path d="m21.500 11 5 2.900v5.700l-5 2.900-5-2.900v-5.700z" fill="#ffd15c"/><path d="m16 20.500 5 2.900v5.200l-5 2.400-5-2.400v-5.200z"/></g><path d="M13 26.500c0 3 1 4 3 4s3-1 3-4z" fill="#ff9a1f"/>',
  prism:
    '<path d="M1 15.500 12 17v1L1 17z" fill="#fff"/><g><path d="m20 14.500 11-3v2.200z" fill="#ff5a5a"/><path d="m20 14.900 11-1.200v2.200z" fill="#ffb13d"/><path d="m20 15.400 11 .5v2.200z" fill="#ffe66b"/><path d="m20 15.900 11 2.200v2.200z" fill="#5fd38a"/><path d="m20 16.400 11 3.900v2.200z" fill="#4a9df0"/><path d="m20 17 11 5.500v2.200z" fill="#9a63e0"/></g><path d="M16 5 26 25H6z" fill="#d9f0ff" fill-opacity=".82" stroke="#9cc8ea" stroke-width="1.200" stroke-linejoin="round"/><path d="M16 5 18.500 25H6z" fill="#fff" fill-opacity=".45"/>',
  'eiffel-tower':
    '<path d="M15.300 1h1.400l.5 6h-2.400z" fill="#8a6748"/><path d="M14.600 6.500h2.800l1.300 9h-5.400z" fill="#a97f58"/><path d="M12.600 15h6.800v2h-6.800z" fill="#6f5037"/><path d="M13 17h6l1.600 6.500h-9.200z" fill="#a97f58"/><path d="M10.300 22.500h11.400v2H10.300z" fill="#6f5037"/><path d="M10.800 24.500h10.400L25.500 31h-4.800c-.7-3-2.300-4.500-4.700-4.500S12 28 11.300 31H6.500z" fill="#a97f58"/><path d="m14 9.500 4 4.500m0-4.500L14 14m-1 4.500 6.500 3.500m-.5-3.500-6.500 3.500" stroke="#6f5037" stroke-width=".7"/>',
  'blue-drop':
    '<path d="M16 2c4 6 9 11.300 9 17.500a9 9 0 0 1-18 0C7 13.300 12 8 16 2z" fill="#2f6bff"/><path d="M16 2c4 6 9 11.300 9 17.500a9 9 0 0 1-8 9c4-3 4-16-1-26.500z" fill="#1b49d1"/><ellipse cx="12" cy="20" rx="2" ry="3.600" fill="#9cc0ff"/>',
  'red-planet':
    '<circle cx="16" cy="16" r="13" fill="#e0653a"/><path d="M16 3a13 13 0 0 1 4 25.400C26 22 25 10 16 3z" fill="#b9462a"/><circle cx="11" cy="12" r="2.600" fill="#c5502d"/><circle cx="17" cy="20" r="3.400" fill="#c5502d"/><circle cx="9.500" cy="20" r="1.500" fill="#f08a5b"/><path d="M12 4.200c2.500-1.200 5.500-1.200 8 0-1 1.600-7 1.600-8 0z" fill="#fff2e6"/>',
  'banded-planet':
    '<clipPath id="c"><circle cx="16" cy="16" r="13"/></clipPath><g clip-path="url(#c)"><path d="M0 0h32v32H0z" fill="#e9c49a"/><path d="M0 7h32v3.500H0zM0 14h32v4H0zM0 22.500h32v3H0z" fill="#c98a5c"/><path d="M0 10.500h32V12H0zM0 19.500h32v1.200H0z" fill="#fbe6cb"/><ellipse cx="21" cy="20.500" rx="4" ry="2.400" fill="#d2502f"/><path d="M16 3a13 13 0 0 1 0 26c7-4 8-20 0-26z" fill="#6b3a1e" fill-opacity=".25"/></g>',
  'gold-planet':
    '<circle cx="16" cy="16" r="13" fill="#f0bf62"/><path d="M4 12c7-3 13 3 24 0M3.500 17c8-3 14 3 25 0M5 22c7-3 12 2 22 0" stroke="#fbe3ae" stroke-width="1.800" fill="none"/><path d="M16 3a13 13 0 0 1 0 26c7-4 8-20 0-26z" fill="#b3702a" fill-opacity=".45"/>',
  galaxy:
    '<g fill="none" stroke-linecap="round" transform="rotate(-24 16 16)"><path d="M16 16c6-5 13-1 12.500 3-.5 4.500-10 6.500-17 4" stroke="#b58cff" stroke-width="2.600"/><path d="M16 16c-6 5-13 1-12.500-3C4 8.500 13.500 6.500 20.500 9" stroke="#7fb2ff" stroke-width="2.600"/><ellipse cx="16" cy="16" rx="6" ry="3.400" fill="#ffe9b8"/><ellipse cx="16" cy="16" rx="3.200" ry="1.900" fill="#fff"/></g><g fill="#fff"><circle cx="6" cy="25" r=".8"/><circle cx="26" cy="6" r=".9"/><circle cx="24" cy="26.500" r=".6"/><circle cx="8" cy="6.500" r=".6"/></g>',
  neuron:
    '<g stroke="#ff8fb1" stroke-width="2" stroke-linecap="round" fill="none"><path d="M11 11 5 4m6 7-8 .5M11 11 9 2m1 10-6 6m7-5 1 7"/><path d="M12 12c6 2 8 8 14 13m-3-2.500 6-.5m-4 2 .5 6m-3.500-7 7 7" stroke="#ff6f9a"/></g><circle cx="11.500" cy="11.500" r="5" fill="#ff6f9a"/><circle cx="11" cy="11" r="2" fill="#fff0a8"/><circle cx="19.500" cy="17.500" r="1.600" fill="#fff0a8"/>',
  'blood-cell':
    '<ellipse cx="16" cy="16" rx="13" ry="11" fill="#e5383b"/><ellipse cx="16" cy="16.500" rx="7" ry="5" fill="#ad1f2d"/><ellipse cx="15" cy="15.500" rx="5.500" ry="3.500" fill="#c72a35"/><path d="M7 10c3-3 8-4 12-3" stroke="#ff8d8d" stroke-width="1.500" stroke-linecap="round" fill="none"/>',
  'wind-turbine':
    '<path d="M15.200 13h1.600L18 31h-4z" fill="#dfe7ee"/><path d="M16 13 14.500 1.500c2-.8 3 3 2.700 10.500zM16 13l10.700 4.500c-.4 2.200-4.300 1.200-10.300-3zM16 13l-9.200 7.200c-1.700-1.400 1-4.400 7.700-8z" fill="#fff"/><circle cx="16" cy="13" r="1.900" fill="#9fb3c4"/>',
  'solar-panel':
    '<path d="M7 6h20l3.500 16H2z" fill="#274b8f"/><path d="M8.500 7.500h4.500l-.8 6H6.800zm6 0h4.800l.3 6h-5.600zm6.300 0h4.700l1.500 6h-5.700zM6.400 15h5.600l-.9 5.500H4.800zm7.400 0h5.900l.4 5.500h-7zm7.500 0h5.900l1.500 5.500h-6.700z" fill="#4d8be0"/><path d="M15 22h2.500v6H22v2H10v-2h5z" fill="#8fa0b3"/>',
  lighthouse:
    '<path d="M13 10h6l2 18H11z" fill="#f7f3ee"/><path d="m12.600 14 7-.000.500 4.500h-8zm-.9 9h8.900l.4 5H11z" fill="#e2453c"/><path d="M12.500 6h7v4.500h-7z" fill="#ffe07a"/><path d="m16 1.500 5 4.500H11z" fill="#b92f33"/><path d="M11.500 10h9v1.500h-9z" fill="#6b4a3e"/><path d="m12 7-10-3v6zm8 0 10-3v6z" fill="#ffe88f" fill-opacity=".6"/><path d="M5 28h22l2 3H3z" fill="#6e7f8d"/>',
  basketful:
    '<path d="M4 14h24l-3 14H7z" fill="#c98f4e"/><path d="M5 18h22M6 22h20M10 14l1.500 14M16 14v14m6-14-1.500 14" stroke="#a36c31" stroke-width="1.200"/><circle cx="11" cy="11" r="4.500" fill="#e5383b"/><circle cx="21" cy="11" r="4.500" fill="#8bc34a"/><path d="M14 13V4.500c0-2 4-2 4 0V13z" fill="#f0c27a"/><path d="M3 13h26v2.500H3z" fill="#dba763"/>',
  'price-arrow':
    '<path d="M3 27 12 17l5 4 9-12" fill="none" stroke="#ff5252" stroke-width="3.200" stroke-linecap="round" stroke-linejoin="round"/><path d="M20.500 6.500 29 4.500l-1 8.700z" fill="#ff5252"/><circle cx="8" cy="9" r="6" fill="#ffca3a"/><path d="M8 5v8m2-6.300c-2-1.500-4-.6-4 .7 0 2.200 4.200 1 4.200 3.200 0 1.500-2.500 2.200-4.400.7" stroke="#9a6a00" stroke-width="1.200" fill="none"/>',
};
