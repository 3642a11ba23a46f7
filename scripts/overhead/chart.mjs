import { init } from 'echarts';

const WIDTH = 860;
const ROW = 26;
const OURS = '#2b7a4b';
const PEER = '#9aa4b2';

/** Horizontal bars, ours in another colour. @returns An SVG document */
export function barChart(title, bars) {
  const height = ROW * (bars.length + 2);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, textStyle: { fontSize: 13 } },
    grid: { left: 390, right: 80, top: ROW + 6, bottom: 8 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      axisTick: { show: false },
      data: bars.map(({ name }) => name),
      axisLabel: { color: '#222' },
    },
    series: {
      type: 'bar',
      barWidth: 16,
      label: { show: true, position: 'right', formatter: ({ dataIndex }) => bars[dataIndex].text },
      data: bars.map(({ value, isOurs }) => ({
        value,
        itemStyle: { color: isOurs ? OURS : PEER },
      })),
    },
  });
  // Its ids count the charts of the process.
  const svg = chart.renderToSVGString().replaceAll(/zr\d+-/g, 'bars-');
  chart.dispose();
  return `${svg}\n`;
}
