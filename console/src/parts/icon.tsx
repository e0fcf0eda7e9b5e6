// A name → a small line drawing that takes the colour of the text around it; never read aloud.

const paths = {
  now: 'M3 13h4l2.5-7 4.5 13 3-9 1.2 3H21',
  alerts:
    'M12 3.500c-3.6 0-5.7 2.6-5.7 6v3.700L4 17h16l-2.3-3.800V9.500c0-3.4-2.1-6-5.7-6zM9.7 19.500a2.4 2.4 0 0 0 4.6 0',
  days: 'M4.5 6h15v14h-15zM4.5 10.500h15M8.5 3.500V7M15.5 3.500V7',
  inbox: 'M3.5 6h17v12.500h-17zM4 6.500l8 6.5 8-6.5',
  notifications: 'M4 9.500v5h3.500l8 4.500V5l-8 4.500zM18.500 9.500a4 4 0 0 1 0 5',
  stream:
    'M3.500 7.500c3-3 5.500-3 8.500 0s5.500 3 8.500 0M3.500 12.500c3-3 5.500-3 8.500 0s5.500 3 8.500 0M3.500 17.500c3-3 5.500-3 8.500 0s5.500 3 8.500 0',
  models: 'M12 3.500l8.5 4.5-8.5 4.500L3.5 8zM3.5 12.200l8.5 4.5 8.5-4.500M3.5 16.200l8.5 4.5 8.5-4.5',
  quality: 'M4 19.500h16M4 15l4.500-4.500 3.500 3 7.500-8.500M15.500 5h4v4',
  setup: 'M12 4v11M7.500 10.500L12 15l4.500-4.500M4.500 15v4.500h15V15',
  alarm: 'M12 4l9 16H3zM12 10v4.500M12 17.200v.3',
  check: 'M5 12.500l4.7 4.700L19 7.5',
  back: 'M14.5 5.500L8 12l6.5 6.5',
  forward: 'M9.5 5.500L16 12l-6.5 6.5',
  download: 'M12 4v10.500M7.500 10.500L12 15l4.500-4.500M5 19.500h14',
  more: 'M5.500 12h.01M12 12h.01M18.500 12h.01',
  page: 'M6 3.500h8l4 4v13H6zM14 3.500V8h4M9 12.500h6M9 16h6',
}

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
