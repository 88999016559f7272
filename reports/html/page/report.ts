/** The script of a page that was rendered to a file: everything it shows is there without it. */
import type { PageModel } from '../view/model.js';
import { offerDownload } from './download.js';
import { byId } from './elements.js';
import { explore } from './explore.js';
import { makeSortable } from './sorting.js';
import { showTable } from './table.js';

const model = JSON.parse(byId('model').textContent ?? '') as PageModel;
const figures = document.querySelector<HTMLElement>('#figures .scroll');
for (const table of document.querySelectorAll('table')) {
  if (figures?.contains(table) !== true) makeSortable(table);
}
if (figures !== null) showTable(figures);
const room = document.getElementById('explore');
if (room !== null) explore(room, model);
offerDownload();
